import { ElTableColumn, type TableColumnCtx } from 'element-plus'
import 'element-plus/es/components/table-column/style/css'

/** Element Plus' column whose slot knows what a row is (its own type says "anything"). */
export function columnOf<Row extends object>() {
  return ElTableColumn as unknown as new () => {
    $props: Partial<Pick<TableColumnCtx<Row>, 'prop' | 'sortable' | 'align' | 'width' | 'minWidth' | 'label' | 'type'>> & {
      showOverflowTooltip?: boolean
    }
    $slots: { default?: (scope: { row: Row; $index: number }) => unknown; header?: () => unknown }
  }
}
